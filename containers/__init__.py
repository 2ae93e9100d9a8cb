"""What runs in AWS for long: one package and one image a folder. They share only `lambdas.common`."""
