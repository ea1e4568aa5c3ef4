"""The people of a company: what they do, how they stand at a moment, and how they are graded."""
