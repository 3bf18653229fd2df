import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

const config = new pulumi.Config();
const greeting = config.require("greeting");
const kind = config.require("kind");
const delay = config.requireNumber("delay");

interface EchoInputs {
  text: string;
  kind: string;
  token: string;
  delay: number;
}

const echoProvider: pulumi.dynamic.ResourceProvider<EchoInputs, EchoInputs & { length: number }> = {
  async diff(_id, olds, news) {
    return {
      changes: olds.text !== news.text || olds.kind !== news.kind || olds.token !== news.token,
      replaces: olds.kind !== news.kind ? ["kind"] : [],
      deleteBeforeReplace: true,
    };
  },
  async create(inputs) {
    if (inputs.text === "refused") throw new Error("nobody may say that");
    await new Promise((resolve) => setTimeout(resolve, inputs.delay));
    return { id: `echo-${inputs.kind}`, outs: { ...inputs, length: inputs.text.length } };
  },
  async update(_id, _olds, news) {
    return { outs: { ...news, length: news.text.length } };
  },
  async read(id, props) {
    return { id, props: props as EchoInputs & { length: number } };
  },
  async delete() {},
};

class Echo extends pulumi.dynamic.Resource {
  declare readonly length: pulumi.Output<number>;
  declare readonly text: pulumi.Output<string>;
  constructor(
    name: string,
    args: { text: pulumi.Input<string>; token: pulumi.Input<string> },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      echoProvider,
      name,
      { length: undefined, kind, delay, ...args },
      { ...opts, additionalSecretOutputs: ["token"] },
      "plain",
      "Echo",
    );
  }
}

class Native extends pulumi.dynamic.Resource {}

class Choir extends pulumi.ComponentResource {
  readonly lengths: pulumi.Output<number>[] = [];
  constructor(name: string, count: number, opts?: pulumi.ComponentResourceOptions) {
    super("plain:index:Choir", name, {}, opts);
    const password = new random.RandomPassword(
      `${name}-password`,
      { length: 20 },
      { parent: this },
    );
    let text: pulumi.Input<string> = greeting;
    for (let i = 0; i < count; i++) {
      const echo: Echo = new Echo(
        `${name}-${i}`,
        { text, token: password.result },
        { parent: this },
      );
      this.lengths.push(echo.length);
      text = pulumi.interpolate`${echo.text} ${i}`;
    }
    this.registerOutputs({ count });
  }
}

const echoes = config.requireNumber("echoes");
if (echoes < 0) throw new Error("echoes must not be negative");
pulumi.log.debug(`a choir of ${echoes}`);
const choir = new Choir("choir", echoes);
if (config.getBoolean("refuse")) new Echo("refused", { text: "refused", token: "none" });
if (config.getBoolean("native")) {
  const isEven = [2, 4].includes.bind([2, 4]);
  const create = async () => ({ id: String(isEven(2)) });
  new Native({ create }, "native", {});
}
export const id = new random.RandomId("id", { byteLength: 4 }).hex;
export const lengths = choir.lengths;
export const password = pulumi.secret("swordfish");
