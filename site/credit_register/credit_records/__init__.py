"""Credit records: penalties, the list of seriously dishonest entities, and facts of the registration; each with its period."""
