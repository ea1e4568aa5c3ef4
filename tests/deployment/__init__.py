"""The started program in odd surroundings, with few rights and little room, as far as one machine allows."""
