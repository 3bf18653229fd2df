/** Prints the specs of the tests' streams, as `pulumi up` derives them: a JSON list. */
import { prices, shop, specOf } from "../../pipelines/testing/streams";

process.stdout.write(JSON.stringify([specOf(prices), specOf(shop)]));
