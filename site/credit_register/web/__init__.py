"""The application: factory, error pages, navigation, commands, home."""
