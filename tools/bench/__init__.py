"""`make bench`: two things compared in one run, as a ratio with both raw figures. It never judges."""
