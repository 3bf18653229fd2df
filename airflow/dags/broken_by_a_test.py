from airflow.sdk import dag
from no_such_module_of_a_test import nothing
