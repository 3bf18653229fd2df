import type { AirflowValues } from "../../settings";
import { ingressUrl } from "../kubernetes/exposure";

export const serviceName = "airflow";
export const homeDir = "/opt/airflow";
export const dagsDir = "/etc/airflow-dags";
/** File of users and their passwords, as Airflow's simple auth manager reads it. */
export const passwordsFile = "passwords.json";

/** Airflow's settings as the environment variables that it reads them from. */
export function settingVariables(values: AirflowValues): { name: string; value: string }[] {
  return Object.entries(settings(values)).flatMap(([section, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ name: variable(section, key), value })),
  );
}

/** Airflow's settings by section; the values' own are laid over them. */
function settings(values: AirflowValues): Record<string, Record<string, string>> {
  const own: Record<string, Record<string, string>> = {
    core: {
      dags_folder: dagsDir,
      load_examples: "False",
      executor: "LocalExecutor",
      parallelism: String(values.parallelism),
      // A pod's name has no address, and logs are asked of the pod that wrote them.
      hostname_callable: "airflow.utils.net.get_host_ip_address",
      execution_api_server_url: `http://${serviceName}:${values.service.port}/execution/`,
      auth_manager:
        "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
      simple_auth_manager_users: `${values.adminUsername}:admin`,
      simple_auth_manager_passwords_file: `${homeDir}/${passwordsFile}`,
    },
    api: {
      port: String(values.service.port),
      workers: String(values.apiServer.workers),
      ...(values.ingress.enabled && { base_url: ingressUrl(values.ingress) }),
    },
    scheduler: {
      enable_health_check: "True",
      // A task whose pod was killed is tried again within a minute or two, not after five.
      task_instance_heartbeat_timeout: "60",
      orphaned_tasks_check_interval: "60",
    },
    // Files change with their pod alone: reading them each half minute would be work for nothing.
    dag_processor: { parsing_processes: "1", min_file_process_interval: "300" },
  };
  const sections = new Set([...Object.keys(own), ...Object.keys(values.config)]);
  return Object.fromEntries(
    [...sections].map((section) => [section, { ...own[section], ...values.config[section] }]),
  );
}

/** The environment variable that Airflow reads a setting from. */
export function variable(section: string, key: string): string {
  return `AIRFLOW__${section.toUpperCase()}__${key.toUpperCase()}`;
}
