"""Special governance (发改办财金〔2021〕156号): cases, measures, exit, monthly closing, and the ledger of attachment 1."""
