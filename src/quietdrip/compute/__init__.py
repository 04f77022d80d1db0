"""Where heavy work runs: in this process, in a pool of processes, on a Dask cluster."""
