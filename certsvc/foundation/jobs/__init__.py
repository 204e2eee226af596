"""Work that is done later: timers, periodic chores, durable work, by any number of workers."""
