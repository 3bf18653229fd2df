import assert from "node:assert/strict";
import { test } from "node:test";
import { changes, details } from "./run-output";

// Shortened output of the CLI's version 3.274.1.

test("changes: what is done to each resource once, in the order of signs and names", () => {
  const output = `Updating (test):

 +  realtime-analytics:index:Stream parcels creating (0s)
 +  pulumi-nodejs:dynamic/kafka:Topic parcels-topic creating (0s)
 +  pulumi-nodejs:dynamic/kafka:Topic parcels-topic created (1s)
 ++ kubernetes:core/v1:ConfigMap kafka-config creating replacement (0s) [diff: ~data];
 ++ kubernetes:core/v1:ConfigMap kafka-config created replacement (0.18s) [diff: ~data];
 +- kubernetes:core/v1:ConfigMap kafka-config replacing (0s) [diff: ~data];
 +- kubernetes:core/v1:ConfigMap kafka-config replaced (0.00s) [diff: ~data];
 ~  kubernetes:apps/v1:StatefulSet kafka-nodes updating (10s) [diff: ~spec]; warning: [Pod analytics-test/kafka-0]: containers with unready status: [kafka]
 ~  kubernetes:apps/v1:StatefulSet kafka-nodes updated (11s) [diff: ~spec];
 ~  kubernetes:apps/v1:StatefulSet kafka-nodes updated (11s) [diff: ~spec];
 ~  pulumi-nodejs:dynamic/druid:Supervisor parcels-ingestion **updating failed** [diff: ~spec]; 1 error
 -- kubernetes:core/v1:ConfigMap kafka-config deleting original (0s) [diff: ~data];
 -- kubernetes:core/v1:ConfigMap kafka-config deleted original (0.05s) [diff: ~data];
 -  pulumi-nodejs:dynamic/superset:Dashboard orders-dashboard deleted (0.30s)
    pulumi:pulumi:Stack realtime-analytics-test
Resources:
    + 1 created
`;
  assert.deepEqual(changes(output), [
    "+ parcels",
    "+ parcels-topic",
    "++ kafka-config",
    "- orders-dashboard",
    "-- kafka-config",
    "~ kafka-nodes",
  ]);
});

test("details: each field that differs, with its whole path and both values", () => {
  const stack = "urn:pulumi:test::realtime-analytics::realtime-analytics:index";
  const output = `Previewing update (test):
  pulumi:pulumi:Stack: (same)
    [urn=urn:pulumi:test::realtime-analytics::pulumi:pulumi:Stack::realtime-analytics-test]

    +-kubernetes:core/v1:ConfigMap: (replace)
        [id=analytics-test/kafka-config-2a9ed5ae]
        [urn=${stack}:Kafka$kubernetes:core/v1:ConfigMap::kafka-config]
        [provider=${stack}:Namespace$pulumi:providers:kubernetes::analytics-provider::1221eb8a-9236-4348-8163-4241c8d39b6e]
      ~ data: {
          ~ server.properties:${" "}
                ...
                group.initial.rebalance.delay.ms=0
              + log.cleaner.backoff.ms: 15001
        }
    ~ kubernetes:apps/v1:StatefulSet: (update)
        [id=analytics-test/kafka]
        [urn=${stack}:Kafka$kubernetes:apps/v1:StatefulSet::kafka-nodes]
      ~ spec: {
          ~ template: {
              ~ spec: {
                  ~ volumes: [
                      ~ [1]: {
                              ~ configMap: {
                                  ~ name: "kafka-config-2a9ed5ae" => "kafka-config-303d4390"
                                }
                            }
                    ]
                }
            }
        }
    ~ pulumi-nodejs:dynamic/kafka:Topic: (update)
        [id=parcels]
        [urn=${stack}:Stream$pulumi-nodejs:dynamic/kafka:Topic::parcels-topic]
      ~ config           : {
          + max.message.bytes  : "2000000"
            min.insync.replicas: "1"
          ~ retention.ms       : "604800000" => "3600000"
        }
        connection       : {
            kubernetes: {
                port     : 9092
            }
        }
      ~ topicId          : "df96195b-0b1d-4e8e-8bab-b904d6f4db3c" => [unknown]
        topicName        : "parcels"
    ~ pulumi-nodejs:dynamic/druid:Supervisor: (update)
        [id=parcels]
        [urn=${stack}:Stream$pulumi-nodejs:dynamic/druid:Supervisor::parcels-ingestion]
      + rules: [
      +     [0]: {
              + tieredReplicants: {
                  + _default_tier: 2
                }
              + type            : "loadForever"
            }
        ]
      - suspended: true
    + pulumi-nodejs:dynamic/superset:Chart: (create)
        [urn=${stack}:Stream$pulumi-nodejs:dynamic/superset:Chart::parcels-chart-total]
        adopt            : false
    - pulumi-nodejs:dynamic/superset:Dashboard: (delete)
        [id=9]
        [urn=${stack}:Stream$pulumi-nodejs:dynamic/superset:Dashboard::orders-dashboard]
    --outputs:--
  ~ pipelines        : {
      + parcels: [unknown]
    }
Resources:
    + 1 to create
    6 changes. 62 unchanged
`;
  assert.deepEqual(details(output), {
    "kafka-config": ["+-", '~ data["server.properties"]: (text)'],
    "kafka-nodes": [
      '~ spec.template.spec.volumes[1].configMap.name: "kafka-config-2a9ed5ae" => "kafka-config-303d4390"',
    ],
    "parcels-topic": [
      '+ config["max.message.bytes"]: "2000000"',
      '~ config["retention.ms"]: "604800000" => "3600000"',
      '~ topicId: "df96195b-0b1d-4e8e-8bab-b904d6f4db3c" => [unknown]',
    ],
    "parcels-ingestion": [
      '+ rules: [{"tieredReplicants":{"_default_tier":2},"type":"loadForever"}]',
      "- suspended: true",
    ],
    "parcels-chart-total": ["+"],
    "orders-dashboard": ["-"],
  });
});
