import { guardProvider } from "./data/guard";
import { internalUserProvider } from "./druid/internal-user";
import { supervisorProvider } from "./druid/supervisor";
import { userProvider } from "./druid/user";
import { topicProvider } from "./kafka/topic";
import { kindImageProvider } from "./kind/image";
import { chartProvider } from "./superset/chart";
import { dashboardProvider } from "./superset/dashboard";
import { databaseProvider } from "./superset/database";
import { datasetProvider } from "./superset/dataset";

/** The provider of each kind of custom resource. States name the kinds, so that they stay. */
export const providers = {
  "data:Guard": guardProvider,
  "druid:InternalUser": internalUserProvider,
  "druid:Supervisor": supervisorProvider,
  "druid:User": userProvider,
  "kafka:Topic": topicProvider,
  "kind:Image": kindImageProvider,
  "superset:Chart": chartProvider,
  "superset:Dashboard": dashboardProvider,
  "superset:Database": databaseProvider,
  "superset:Dataset": datasetProvider,
};
