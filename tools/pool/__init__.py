"""How full the pools are and who waits, asked of every pooler task. It changes nothing."""
