"""What the benchmarks of voice share: sentences, speakers, noise."""
