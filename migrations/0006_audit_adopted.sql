-- What was on record before there were chains has been taken into them, right after the step before.

DROP TABLE audit;
