"""What runs: one Prefect flow a file. Each reads like the pipeline on a whiteboard."""
