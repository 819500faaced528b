"""The same work on many machines: a Ray cluster's, or those of a farm that takes OpenJD jobs."""
