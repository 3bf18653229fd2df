"""Proves that every DAG file can be imported, and brings Airflow's database to this version and key: the Job before all else.

A DAG file that is broken ends it with Airflow's own import error, while the pods of before go on as they are. It may
be run any number of times.
"""

import os
import subprocess
import sys
from pathlib import Path


def broken_dags(folder: str) -> dict[str, str]:
    """File → what is wrong with it: Airflow's import error, or that a stream's spec has no DAG."""
    from airflow.dag_processing.dagbag import BundleDagBag

    bag = BundleDagBag(dag_folder=folder, bundle_path=folder, bundle_name="dags-folder")
    print(f"DAGs: {', '.join(sorted(bag.dags)) or 'none'}", flush=True)
    streams = [file for file in Path(folder).glob("*.json") if file.stem not in bag.dags]
    return bag.import_errors or {str(file): "no DAG was found" for file in streams}


def migrate() -> None:
    """Makes the tables, or runs the migrations that they lack."""
    from airflow.utils import db

    db.upgradedb()


def use_key() -> None:
    """Encrypts connections and variables with the first of the Fernet keys; with one there is nothing to change."""
    if "," in os.environ["AIRFLOW__CORE__FERNET_KEY"]:
        subprocess.run(["airflow", "rotate-fernet-key"], check=True)
        print("connections and variables are encrypted with the present key", flush=True)


def main() -> None:
    broken = broken_dags(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    if broken:
        # The last 2 KB of the log become the Job's message, so the end of each traceback is what counts.
        for file, error in broken.items():
            print(f"\nbroken DAG {file}:\n{error[-1500:].strip()}", file=sys.stderr, flush=True)
        sys.exit(1)
    migrate()
    print("the database is up to date", flush=True)
    use_key()


if __name__ == "__main__":
    main()
