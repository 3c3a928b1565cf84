-- One index on the category of a case: 0011 and 0016 each made the same.
drop index desk_case_of_category;
