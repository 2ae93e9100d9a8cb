"""What a person does with backups: has one taken, looks at them, verifies one, restores one, drills.

It reads the buckets of a tier and starts its tasks. It never deletes or changes a backup.
"""
