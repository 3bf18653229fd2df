import { guardProvider } from "./data/guard";
import { internalUserProvider } from "./druid/internal-user";
import { supervisorProvider } from "./druid/supervisor";
import { userProvider as druidUserProvider } from "./druid/user";
import { aclProvider } from "./kafka/acl";
import { topicProvider } from "./kafka/topic";
import { userProvider } from "./kafka/user";
import { kindImageProvider } from "./kind/image";
import { chartProvider } from "./superset/chart";
import { dashboardProvider } from "./superset/dashboard";
import { databaseProvider } from "./superset/database";
import { datasetProvider } from "./superset/dataset";
import { authorityProvider } from "./tls/authority";
import { certificateProvider } from "./tls/certificate";

/** The provider of each kind of custom resource. States name the kinds, so that they stay. */
export const providers = {
  "data:Guard": guardProvider,
  "druid:InternalUser": internalUserProvider,
  "druid:Supervisor": supervisorProvider,
  "druid:User": druidUserProvider,
  "kafka:Acl": aclProvider,
  "kafka:Topic": topicProvider,
  "kafka:User": userProvider,
  "kind:Image": kindImageProvider,
  "superset:Chart": chartProvider,
  "superset:Dashboard": dashboardProvider,
  "superset:Database": databaseProvider,
  "superset:Dataset": datasetProvider,
  "tls:Authority": authorityProvider,
  "tls:Certificate": certificateProvider,
};
