"""What `kerax plugins doctor` does: look at the installation, then try each plugin alone."""
