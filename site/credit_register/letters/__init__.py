"""Letters of an office to a regulator: 提示函 and 风险提示函, numbered, issued by a second person, answered."""
