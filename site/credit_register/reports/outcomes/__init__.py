"""Results of reports in public: proposed from a decided report, answered by the institution, published by a second person."""
