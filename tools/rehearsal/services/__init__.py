"""What AWS's services do and the emulator's do not, put in the place of the emulator's own functions.

Handlers serve CloudFormation; these serve every caller. Only what the tier meets is corrected.
"""
