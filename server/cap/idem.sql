-- What became of calls: the keys of one device.

-- :name idem_lookup :many
select k.key, case when i.code = 0 then 'committed' when i.code is not null then 'rejected' else 'unknown' end as state,
       i.method, i.code, instant(i.created_at) as at
  from unnest(:keys::uuid[]) with ordinality as k (key, o)
  left join idem i on i.device_id = :ctx_device::uuid and i.key = k.key
 order by k.o;
