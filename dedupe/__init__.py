"""From texts to links: who shares text with whom, and who took it from whom."""
