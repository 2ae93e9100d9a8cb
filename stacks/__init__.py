"""What is declared: settings and the CDK stacks made of them. Never calls AWS and never opens a database."""
