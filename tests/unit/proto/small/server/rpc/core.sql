-- :name core_ping :call
select 1;
