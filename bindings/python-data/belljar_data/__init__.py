"""The full Python of Belljar, as files beside this one: the package belljar finds them. There is nothing to import here."""
