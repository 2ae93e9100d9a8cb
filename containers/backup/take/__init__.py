"""Takes one backup: everything within one snapshot, streamed into the store, the manifest last."""
