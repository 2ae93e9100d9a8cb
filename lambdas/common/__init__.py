"""What every function shares: errors, logging, secret documents, verified connections, lock numbers."""
