"""The function that tells how old the backups and the drills are. It reads, and changes nothing."""
