import * as k8s from "@pulumi/kubernetes";

new k8s.core.v1.ConfigMap("only", { metadata: { namespace: "default" }, data: { key: "value" } });
