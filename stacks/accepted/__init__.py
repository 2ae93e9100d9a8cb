"""The findings of the rule packs that are accepted, by the part of the tier they are about. Pure."""
