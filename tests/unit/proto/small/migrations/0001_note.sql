create table note (id uuid primary key, title text not null);
comment on table note is 'What people "wrote" down: a \ too';
