alter table note add mood text;
