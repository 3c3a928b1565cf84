-- The live board: see board.fn.sql.

-- :name board_show :many
select r.*
  from board_rows(:ctx_scope::int[], :to, :mine::boolean, :ctx_user::uuid, :kind, :severity, :after, :limit::int)
       with ordinality as k (property_id, id, o)
  join board_row r on r.property_id = k.property_id and r.id = k.id
 where r.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name board_totals :one
select t.* from board_counts(:ctx_scope::int[]) t;
