"""Who may do what, and where: permissions, roles, region scope and the gate on every view."""
