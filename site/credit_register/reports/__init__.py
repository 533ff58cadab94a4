"""Reports, doubts and objections: the public channel, the triage queue, and warnings of impostors."""
