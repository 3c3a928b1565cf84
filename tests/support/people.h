#pragma once
/* Who there is in the prepared data directory of the tests. */
#define PEOPLE_PASSWORD "correct horse battery staple"
/* One user named like each role, who holds it at SUN; ended by NULL. */
#define PEOPLE_ROLES                                                                            \
	{                                                                                       \
		"clerk", "operator", "cashier", "building_steward", "technician", "dispatcher", \
			"supervisor", "manager", "director", "analyst", "finance", "quality",   \
			"administrator", NULL                                                   \
	}
