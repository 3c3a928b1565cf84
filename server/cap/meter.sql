-- Meters: see meter.fn.sql; readings: see meter_reading.fn.sql.

-- :name meter_utilities :many
select u.utility, u.name, u.unit, u.low_pct, u.high_pct, trim_scale(u.slack)::text as slack from meter_utility u order by u.utility;

-- :name meter_add :one
select c.*
  from meter_add(:ctx_property::int, :ctx_key::uuid, :ctx_user::uuid, 'desk',
                 row(null, null, :number::text, :kind::text, :utility::text, :place::text, :serial::text, :digits::int::text, :factor::text, :first::text,
                     :on::text, :master::text, :note::text, :near_days::int::text)::meter_input) k (id),
       lateral meter_card(:ctx_property::int, k.id) c;

-- :name meter_edit :one
select c.*
  from meter_edit(:ctx_scope::int[], :meter, :version::int,
                  row(null, null, null, :kind::text, null, :place::text, null, null, null, null, null, :master::text, :note::text,
                      :near_days::int::text)::meter_input, coalesce(:clear::text[], '{}')) k,
       lateral meter_card(k.property_id, k.id) c;

-- :name meter_replace :one
select c.*
  from meter_replace(:ctx_scope::int[], :meter, :ctx_key::uuid, :ctx_user::uuid, :on, :final, :rollover::boolean, :confirm::boolean, :serial,
                     :digits::int::text, :factor, :first) k,
       lateral meter_card(k.property_id, k.id) c;

-- :name meter_remove :one
select c.*
  from meter_remove(:ctx_scope::int[], :meter, :ctx_key::uuid, :ctx_user::uuid, :on, :final, :rollover::boolean, :confirm::boolean) k,
       lateral meter_card(k.property_id, k.id) c;

-- :name meter_list :many
select c.*
  from meter_list(:ctx_scope::int[], :place, :utility, :kind, :master, :removed::boolean, :after, :limit::int) k
  join meter_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by c.property_id, c.id;

-- :name meter_show :one
select c.* from meter_key(:ctx_scope::int[], :meter) k join meter_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[]);

-- :name meter_devices :many
select d.serial, d.digits, trim_scale(d.factor)::text as factor, d.from_on::text as "from", d.to_on::text as "to",
       trim_scale(f.value)::text as first, trim_scale(l.value)::text as last, l.kind = 'final_estimate' as estimated
  from meter_key(:ctx_scope::int[], :meter) k
  join meter_dial d on d.property_id = k.property_id and d.meter_id = k.id
  left join meter_reading f on f.property_id = d.property_id and f.dial_id = d.id and f.kind = 'first' and f.struck_at is null
  left join meter_reading l on l.property_id = d.property_id and l.dial_id = d.id and l.kind in ('final', 'final_estimate') and l.struck_at is null
 where d.property_id = any (:ctx_scope::int[])
 order by d.seq;

-- :name meter_charges :many
select c.from_on::text as "from", (c.to_on - 1)::text as "to", trim_scale(c.usage)::text as usage, c.estimated, b.number as bill, l.line
  from meter_key(:ctx_scope::int[], :meter) k
  join meter_charge c on c.property_id = k.property_id and c.meter_id = k.id
  left join charge_line l on l.property_id = c.property_id and l.id = c.entity_id
  left join bill b on b.property_id = l.property_id and b.id = l.bill_id
 where c.property_id = any (:ctx_scope::int[]) and c.released_at is null and not coalesce(l.cancelled, false)
 order by c.from_on desc, c.id limit 60;

-- :name meter_read :one
select c.*
  from reading_add(:ctx_scope::int[], :meter, :ctx_key::uuid, :ctx_user::uuid, :value, :on, :rollover::boolean, :confirm::boolean, :note) k,
       lateral reading_card(k.property_id, k.id) c;

-- :name meter_estimate :one
select c.*
  from reading_estimate(:ctx_scope::int[], :meter, :ctx_key::uuid, :ctx_user::uuid, :value, :on, :note) k,
       lateral reading_card(k.property_id, k.id) c;

-- :name meter_correct :one
select c.*
  from reading_correct(:ctx_scope::int[], :meter, :ctx_key::uuid, :ctx_user::uuid, :on, :value, :rollover::boolean, :confirm::boolean, :why, :device) k,
       lateral reading_card(k.property_id, k.id) c;

-- :name meter_readings :many
select c.*
  from reading_list(:ctx_scope::int[], :meter, :doubtful::boolean, :struck::boolean, :after, :limit::int) with ordinality as k (property_id, id, o)
  join reading_card c on c.property_id = k.property_id and c.id = k.id
 where c.property_id = any (:ctx_scope::int[])
 order by k.o;

-- :name meter_round :many
select * from meter_round(:ctx_scope::int[], :month, :place, :utility, :limit::int);

-- :name meter_usage :one
select * from meter_use(:ctx_scope::int[], :meter, :from, :to);

-- :name meter_loss :many
select * from meter_loss(:ctx_scope::int[], :month, :meter);

-- :name meter_import :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from meter_import(:ctx_scope::int[], :ctx_user::uuid, array(
         select row(x.line, nullif(x.property, ''), nullif(x.number, ''), nullif(x.kind, ''), nullif(x.utility, ''), nullif(x.place, ''),
                    nullif(x.serial, ''), nullif(x.digits, ''), nullif(x.factor, ''), nullif(x.first, ''), nullif(x."on", ''), nullif(x.master, ''),
                    nullif(x.note, ''), nullif(x.near_days, ''))::meter_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.number::text[], :rows.kind::text[], :rows.utility::text[],
                       :rows.place::text[], :rows.serial::text[], :rows.digits::text[], :rows.factor::text[], :rows.first::text[],
                       :rows.on::text[], :rows.master::text[], :rows.note::text[], :rows.near_days::text[])
                with ordinality as x (line, property, number, kind, utility, place, serial, digits, factor, first, "on", master, note, near_days, o)
          order by x.o)) r;

-- :name meter_imported :feed
select m.property_id, 'meter' as entity, m.id, m.version, false as dead, m.number
  from meter m where m.property_id = any (:ctx_scope::int[]) and m.id = any (import_touched());

-- :name meter_import_readings :many
select r.line, r.outcome, r.property, r.number, r.id, r.blame, r.reason
  from reading_import(:ctx_scope::int[], :ctx_user::uuid, array(
         select row(x.line, nullif(x.property, ''), nullif(x.meter, ''), nullif(x."on", ''), nullif(x.value, ''), nullif(x.rollover, ''),
                    nullif(x.confirm, ''), nullif(x.note, ''))::reading_input
           from unnest(:rows.line::int[], :rows.property::text[], :rows.meter::text[], :rows.on::text[], :rows.value::text[],
                       :rows.rollover::text[], :rows.confirm::text[], :rows.note::text[])
                with ordinality as x (line, property, meter, "on", value, rollover, confirm, note, o)
          order by x.o)) r;

-- :name meter_readings_imported :feed
select r.property_id, 'meter_reading' as entity, r.id, r.version, false as dead, m.number
  from meter_reading r join meter m on m.property_id = r.property_id and m.id = r.meter_id
 where r.property_id = any (:ctx_scope::int[]) and r.id = any (import_touched());
