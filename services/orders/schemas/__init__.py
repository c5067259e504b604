"""HTTP bodies of orders, one file per subject: strict inputs (`In`) and answers (`View`)."""
