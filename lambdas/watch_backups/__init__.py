"""The function that tells how old the backups and the drills are. It reads both copies and changes nothing."""
