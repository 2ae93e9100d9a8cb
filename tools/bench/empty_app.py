"""The floor of every synth: an app without a stack. What CDK itself costs, and not this project."""

from aws_cdk import App

App().synth()
