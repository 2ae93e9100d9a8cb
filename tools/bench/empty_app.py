"""The floor of every synth: an app with one empty stack. What CDK itself costs, and not this project."""

from aws_cdk import App, Stack

app = App()
Stack(app, "empty")
app.synth()
