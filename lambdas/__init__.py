"""What runs in AWS on demand: one package a function. It never imports the code that declares the stacks."""
