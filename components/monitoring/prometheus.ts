import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { MonitoringValues } from "../../settings";
import { App } from "../kubernetes/app";
import { createConfigMap } from "../kubernetes/config";
import type { Namespace } from "../kubernetes/namespace";
import { containerImage, probes } from "../kubernetes/pod";
import { allow } from "../kubernetes/role";
import { dataVolume } from "../kubernetes/volume";
import { createStatefulSet } from "../kubernetes/workload";
import type { RuleFile } from "./alerts";

type Values = MonitoringValues["prometheus"];

export interface PrometheusArgs {
  /** Namespace to live in, and to find pods in. */
  readonly namespace: Namespace;
  readonly values: Values;
  readonly rules: RuleFile;
}

const serviceName = "prometheus";
const component = "server";
const configDir = "/etc/prometheus";
const dataDir = "/prometheus";
/** `nobody` of the official image. */
const uid = 65534;

/** One Prometheus. It scrapes the stack's pods that are annotated for it, and evaluates the alerts. */
export class Prometheus extends pulumi.ComponentResource {
  readonly service = serviceName;
  readonly port: number;

  constructor(name: string, args: PrometheusArgs, opts?: pulumi.ComponentResourceOptions) {
    super("realtime-analytics:index:Prometheus", name, {}, opts);
    const { namespace, values, rules } = args;
    const version = values.image.tag;
    const app = new App({
      name: "prometheus",
      version,
      namespace,
      parent: this,
      resourceName: name,
    });
    this.port = values.service.port;
    const config = createConfigMap(app, component, {
      "prometheus.yml": stringify(prometheusConfig(values, namespace.stack)),
      "rules.yml": stringify(rules),
    });
    createServer(app, values, config, createAccount(app));
    this.registerOutputs({ service: this.service });
  }
}

/** It may list and watch the pods of the namespace, and nothing else. */
function createAccount(app: App): k8s.core.v1.ServiceAccount {
  const metadata = app.metadata(component, serviceName);
  const account = new k8s.core.v1.ServiceAccount(
    `${app.resourceName}-account`,
    { metadata, automountServiceAccountToken: false },
    app.options,
  );
  const rules = [{ apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] }];
  allow(app, { metadata, account, rules });
  return account;
}

function createServer(
  app: App,
  values: Values,
  config: k8s.core.v1.ConfigMap,
  account: k8s.core.v1.ServiceAccount,
): void {
  const data = dataVolume(app, "data", values.persistence);
  createStatefulSet(app, {
    component,
    name: serviceName,
    ports: { service: { http: values.service.port } },
    data,
    pod: {
      uid,
      values,
      serviceAccountName: account.metadata.name,
      automountServiceAccountToken: true,
      container: {
        ...containerImage(values.image),
        name: "prometheus",
        resources: values.resources,
        command: [
          "/bin/prometheus",
          `--config.file=${configDir}/prometheus.yml`,
          `--storage.tsdb.path=${dataDir}`,
          `--storage.tsdb.retention.time=${values.retention.time}`,
          `--storage.tsdb.retention.size=${values.retention.size}`,
          `--web.listen-address=:${values.service.port}`,
        ],
        volumeMounts: [
          { name: "config", mountPath: configDir, readOnly: true },
          { name: "data", mountPath: dataDir },
        ],
        ...probes(
          { httpGet: { path: "/-/ready", port: "http" } },
          { startSeconds: 120 },
          { httpGet: { path: "/-/healthy", port: "http" } },
        ),
      },
      volumes: [{ name: "config", configMap: { name: config.metadata.name } }, ...data.volumes],
    },
  });
}

/** Labels of the pod's metrics, by what Kubernetes tells of the pod. */
const podTargets = [
  ["__meta_kubernetes_pod_name", "pod"],
  ["__meta_kubernetes_pod_label_app_kubernetes_io_name", "app"],
  ["__meta_kubernetes_pod_label_app_kubernetes_io_component", "component"],
] as const;

/** Pods are found by the annotations `prometheus.io/scrape`, `…/port` and `…/path`. */
export function prometheusConfig({ scrapeInterval, service }: Values, stack: string) {
  const annotation = (name: string) => `__meta_kubernetes_pod_annotation_prometheus_io_${name}`;
  const keep = (source: string, regex: string) => ({
    source_labels: [source],
    regex,
    action: "keep",
  });
  return {
    global: {
      scrape_interval: scrapeInterval,
      // An alert is told soon after the sample that it comes from.
      evaluation_interval: "5s",
    },
    rule_files: [`${configDir}/rules.yml`],
    scrape_configs: [
      {
        job_name: "pods",
        kubernetes_sd_configs: [{ role: "pod", namespaces: { own_namespace: true } }],
        relabel_configs: [
          keep(annotation("scrape"), "true"),
          keep("__meta_kubernetes_pod_label_app_kubernetes_io_instance", stack),
          keep("__meta_kubernetes_pod_phase", "Pending|Running"),
          {
            source_labels: ["__meta_kubernetes_pod_ip", annotation("port")],
            separator: ":",
            target_label: "__address__",
          },
          {
            source_labels: [annotation("path")],
            regex: "(.+)",
            target_label: "__metrics_path__",
          },
          ...podTargets.map(([source, target]) => ({
            source_labels: [source],
            target_label: target,
          })),
        ],
      },
      {
        job_name: "prometheus",
        static_configs: [{ targets: [`localhost:${service.port}`], labels: { app: "prometheus" } }],
      },
    ],
  };
}
