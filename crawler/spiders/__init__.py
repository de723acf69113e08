"""The spiders; one generic spider reads every site of the catalogue."""
