package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

type inputs = map[string]any

const dockerfileText = "FROM scratch\nCOPY src /src\n"

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

func contextFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "Dockerfile"), dockerfileText, 0o644)
	writeFile(t, filepath.Join(folder, "src", "a.txt"), "a", 0o644)
	writeFile(t, filepath.Join(folder, ".dockerignore"), "*.log\n", 0o644)
	return folder
}

func args(folder string, more inputs) resource.PropertyMap {
	news := inputs{"imageName": "127.0.0.1:5005/test/a:1", "build": inputs{"context": folder}}
	for key, value := range more {
		news[key] = value
	}
	return resource.NewPropertyMapFromMap(news)
}

func newTestProvider() *dockerProvider { return newDockerProvider(func(resource.URN, string) {}) }

func tryCheck(t *testing.T, news resource.PropertyMap) (resource.PropertyMap, []plugin.CheckFailure) {
	t.Helper()
	response, err := newTestProvider().Check(context.Background(), plugin.CheckRequest{Type: imageType, News: news})
	if err != nil {
		t.Fatal(err)
	}
	return response.Properties, response.Failures
}

func checked(t *testing.T, news resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	inputs, failures := tryCheck(t, news)
	if len(failures) > 0 {
		t.Fatal(failures)
	}
	return inputs
}

func digest(t *testing.T, folder string) string {
	t.Helper()
	value, err := digestContext(folder, filepath.Join(folder, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestContextIsDigestedAsByTheRealProvider(t *testing.T) {
	folder := contextFolder(t)
	if err := os.Symlink("a.txt", filepath.Join(folder, "src", "link")); err != nil {
		t.Fatal(err)
	}
	whole := sha256.New()
	for _, file := range [][3]string{
		{"Dockerfile", "----------", dockerfileText},
		{".dockerignore", "-rw-r--r--", "*.log\n"},
		{"Dockerfile", "-rw-r--r--", dockerfileText},
		{"src/a.txt", "-rw-r--r--", "a"},
		{"src/link", "Lrwxrwxrwx", filepath.Join(folder, "src", "a.txt")},
	} {
		content := sha256.Sum256([]byte(file[2]))
		fmt.Fprintf(whole, "%s%s%s\x00", file[0], file[1], content[:])
	}
	before := digest(t, folder)
	if want := hex.EncodeToString(whole.Sum(nil)); before != want {
		t.Errorf("digest %s, want %s", before, want)
	}
	writeFile(t, filepath.Join(folder, "noise.log"), "x", 0o644)
	if got := digest(t, folder); got != before {
		t.Error("an ignored file changed the digest")
	}
	if err := os.Chmod(filepath.Join(folder, "src", "a.txt"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := digest(t, folder); got == before {
		t.Error("another mode did not change the digest")
	}
}

func TestIgnoredFolderMayHoldAFileThatIsNot(t *testing.T) {
	folder := contextFolder(t)
	writeFile(t, filepath.Join(folder, "Dockerfile.dockerignore"), "src\n!src/b.txt\n", 0o644)
	before := digest(t, folder)
	writeFile(t, filepath.Join(folder, "src", "a.txt"), "changed", 0o644)
	if digest(t, folder) != before {
		t.Error("src/a.txt is ignored, and changed the digest")
	}
	writeFile(t, filepath.Join(folder, "src", "b.txt"), "b", 0o644)
	if digest(t, folder) == before {
		t.Error("src/b.txt is not ignored, and did not change the digest")
	}
}

func TestCheckFillsInTheDockerfileTheDigestAndThePlatform(t *testing.T) {
	folder := contextFolder(t)
	want := resource.NewPropertyMapFromMap(inputs{
		"imageName": "127.0.0.1:5005/test/a:1", "buildOnPreview": false,
		"build": inputs{
			"context": folder, "contextDigest": digest(t, folder), "dockerfile": filepath.Join(folder, "Dockerfile"),
			"platform": hostPlatform(),
		},
	})
	if got := checked(t, args(folder, nil)); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := checked(t, args("", inputs{"build": folder})); !reflect.DeepEqual(got, want) {
		t.Errorf("of a bare text: %v, want %v", got, want)
	}
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	folder := contextFolder(t)
	for _, c := range []struct {
		more inputs
		want []plugin.CheckFailure
	}{
		{inputs{"imageName": "a:1", "build": inputs{"context": folder, "dockerfile": "none"}}, []plugin.CheckFailure{
			{Property: "build.dockerfile", Reason: "there is no file none"},
			{Property: "imageName", Reason: "must begin with the registry to push to, such as docker.io/a:1; is a:1"},
		}},
		{inputs{"build": inputs{"context": folder, "dockerfile": "src/a.txt"}}, []plugin.CheckFailure{
			{Property: "build.dockerfile", Reason: "there is no file src/a.txt: paths start at the program's folder, try " +
				filepath.Join(folder, "src", "a.txt")},
		}},
		{inputs{"build": "/none"}, []plugin.CheckFailure{
			{Property: "build.context", Reason: "there is no folder /none"},
		}},
		{inputs{"imageName": nil}, []plugin.CheckFailure{{Property: "imageName", Reason: "is required"}}},
		{inputs{"build": inputs{"context": 1}}, []plugin.CheckFailure{
			{Property: "build.context", Reason: "can't be a number"},
		}},
		{inputs{"imageName": "a:1", "skipPush": true}, nil},
		{inputs{"imageName": "a:1", "registry": inputs{"server": "docker.io"}}, nil},
	} {
		if _, got := tryCheck(t, args(folder, c.more)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.more, got, c.want)
		}
	}
}

func TestWhatAPreviewDoesNotKnowIsLeft(t *testing.T) {
	unknown := resource.MakeComputed(resource.NewProperty(""))
	for _, news := range []resource.PropertyMap{
		{"imageName": unknown, "build": unknown},
		{"imageName": unknown, "build": resource.NewProperty(resource.PropertyMap{"context": unknown})},
	} {
		if got := checked(t, news); !got.ContainsUnknowns() {
			t.Error(got)
		}
	}
}

func TestOtherTypesAndSettingsAreRefusedByName(t *testing.T) {
	p := newTestProvider()
	want := "lacks the type docker:index/container:Container (it has docker:index/image:Image alone). Install the Pulumi CLI"
	checked, err := p.Check(context.Background(), plugin.CheckRequest{Type: "docker:index/container:Container"})
	if err != nil || !strings.Contains(checked.Failures[0].Reason, want) {
		t.Error(checked, err)
	}
	_, err = p.Delete(context.Background(), plugin.DeleteRequest{Type: "docker:index/container:Container"})
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
	config := resource.NewPropertyMapFromMap(inputs{"host": "x", "registryAuth": "y", "__internal": inputs{}})
	response, err := p.CheckConfig(context.Background(), plugin.CheckConfigRequest{News: config})
	if err != nil || len(response.Failures) != 1 || response.Failures[0].Property != "registryAuth" {
		t.Error(response, err)
	}
}

func TestAnotherFileIsBuiltAnewButNotOtherCredentials(t *testing.T) {
	folder := contextFolder(t)
	news := func(password string) resource.PropertyMap {
		properties := args(folder, inputs{"registry": inputs{"server": "127.0.0.1:5005", "username": "u"}})
		registry := properties["registry"].ObjectValue()
		registry["password"] = resource.MakeSecret(resource.NewProperty(password))
		return checked(t, properties)
	}
	olds := news("p")
	diff := func(news resource.PropertyMap) plugin.DiffResult {
		outputs := resource.PropertyMap{"__inputs": resource.MakeSecret(resource.NewProperty(olds))}
		result, err := newTestProvider().Diff(context.Background(),
			plugin.DiffRequest{OldInputs: olds, OldOutputs: outputs, NewInputs: news})
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	if got := diff(news("q")); got.Changes != plugin.DiffNone {
		t.Errorf("for another password: %+v", got)
	}
	writeFile(t, filepath.Join(folder, "src", "b.txt"), "b", 0o644)
	got := diff(news("p"))
	if !reflect.DeepEqual(got.ChangedKeys, []resource.PropertyKey{"build"}) || got.Replace() {
		t.Errorf("for another file: %+v", got)
	}
}

func TestPreviewBuildsNothing(t *testing.T) {
	news := checked(t, args(contextFolder(t), nil))
	response, err := newTestProvider().Create(context.Background(), plugin.CreateRequest{Properties: news, Preview: true})
	if err != nil || response.ID != "" || !reflect.DeepEqual(response.Properties, news) {
		t.Error(response, err)
	}
}

// fakeDocker puts a docker client on the PATH that writes down how it was called, and answers by the script.
func fakeDocker(t *testing.T, script string) (log string) {
	t.Helper()
	folder := t.TempDir()
	log = filepath.Join(folder, "log")
	writeFile(t, filepath.Join(folder, "docker"), "#!/bin/sh\necho \"$@\" >>"+log+"\n"+script, 0o755)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("TMPDIR", t.TempDir())
	return log
}

const builds = `
case $1 in
build)
  echo "building with $SECRET on $DOCKER_HOST, builder $DOCKER_BUILDKIT"
  while [ "$1" != --iidfile ]; do shift; done
  echo sha256:id >"$2" ;;
push)
  cat "$DOCKER_CONFIG/config.json"
  ls "$DOCKER_CONFIG"
  echo "1: digest: sha256:` + "0000000000000000000000000000000000000000000000000000000000000000" + ` size: 1" ;;
esac
`

func create(t *testing.T, p *dockerProvider, news resource.PropertyMap) (plugin.CreateResponse, error) {
	t.Helper()
	return p.Create(context.Background(), plugin.CreateRequest{Type: imageType, Properties: checked(t, news)})
}

func TestImageIsBuiltAndPushedWithoutASecretOnACommandLine(t *testing.T) {
	log := fakeDocker(t, builds)
	own := t.TempDir()
	t.Setenv("DOCKER_CONFIG", own)
	writeFile(t, filepath.Join(own, "config.json"), `{"credsStore":"desktop","proxies":{"default":{}}}`, 0o600)
	writeFile(t, filepath.Join(own, "cli-plugins", "docker-buildx"), "", 0o755)
	var shown []string
	p := newDockerProvider(func(_ resource.URN, line string) { shown = append(shown, line) })
	settings := resource.NewPropertyMapFromMap(inputs{"host": "unix:///engine.sock"})
	if _, err := p.Configure(context.Background(), plugin.ConfigureRequest{Inputs: settings}); err != nil {
		t.Fatal(err)
	}
	folder := contextFolder(t)
	news := args(folder, inputs{
		"registry": inputs{"server": "127.0.0.1:5005", "username": "u", "password": "hidden"},
		"build": inputs{
			"context": folder, "args": inputs{"SECRET": "s3cret"}, "target": "t", "platform": "linux/other", "network": "host",
			"addHosts": []any{"a:1"}, "cacheFrom": inputs{"images": []any{"b:1"}}, "builderVersion": "BuilderV1",
		},
	})
	news["imageName"] = resource.MakeSecret(news["imageName"])
	response, err := create(t, p, news)
	if err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	build, push, _ := strings.Cut(string(calls), "\n")
	wantBuild := "build --file " + folder + "/Dockerfile --tag 127.0.0.1:5005/test/a:1 --build-arg SECRET --target t " +
		"--platform linux/other --network host --add-host a:1 --cache-from b:1 --iidfile "
	if !strings.HasPrefix(build, wantBuild) || !strings.HasSuffix(build, " "+folder) {
		t.Errorf("%s, want %s", build, wantBuild)
	}
	if push != "push 127.0.0.1:5005/test/a:1\n" {
		t.Error(push)
	}
	wantShown := []string{
		"Starting Docker build",
		"building with s3cret on unix:///engine.sock, builder 0",
		"Pushing Image to the registry",
		`{"auths":{"127.0.0.1:5005":{"auth":"dTpoaWRkZW4="}},"proxies":{"default":{}}}` + "cli-plugins",
		"config.json",
		"1: digest: sha256:" + strings.Repeat("0", 64) + " size: 1",
		"",
	}
	if !reflect.DeepEqual(shown, wantShown) {
		t.Errorf("%q, want %q", shown, wantShown)
	}
	outputs := response.Properties
	if response.ID != "127.0.0.1:5005/test/a:1" || !outputs["imageName"].IsSecret() || !outputs["__inputs"].IsSecret() {
		t.Errorf("%+v", response)
	}
	wantDigest := "127.0.0.1:5005/test/a@sha256:" + strings.Repeat("0", 64)
	if got := outputs["repoDigest"]; !got.IsSecret() || got.SecretValue().Element.StringValue() != wantDigest {
		t.Errorf("%v, want %v, secret as the name is", got, wantDigest)
	}
	if got := outputs["dockerfile"]; got != resource.NewProperty("Dockerfile") {
		t.Error(got)
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Error("left behind:", left, err)
	}
}

func TestImageThatIsNotPushedIsNamedByItsID(t *testing.T) {
	fakeDocker(t, builds)
	response, err := create(t, newTestProvider(), args(contextFolder(t), inputs{"skipPush": true}))
	if err != nil || response.Properties["repoDigest"] != resource.NewProperty("sha256:id") {
		t.Error(response, err)
	}
}

func TestFailedBuildRepeatsTheLastLines(t *testing.T) {
	fakeDocker(t, "for i in $(seq 30); do echo line $i; done; exit 3")
	_, err := create(t, newTestProvider(), args(contextFolder(t), nil))
	if err == nil {
		t.Fatal("no error")
	}
	head, lines, _ := strings.Cut(err.Error(), "\n")
	if !strings.HasSuffix(head, "failed with exit code 3 on the default Docker engine:") {
		t.Error(head)
	}
	if !strings.HasPrefix(lines, "line 6\n") || !strings.HasSuffix(lines, "line 30") {
		t.Error(lines)
	}
}

func TestCancelEndsTheDockerClient(t *testing.T) {
	fakeDocker(t, "echo started; exec sleep 60")
	started := make(chan struct{})
	p := newDockerProvider(func(_ resource.URN, line string) {
		if line == "started" {
			close(started)
		}
	})
	go func() {
		<-started
		_ = p.SignalCancellation(context.Background())
	}()
	begin := time.Now()
	_, err := create(t, p, args(contextFolder(t), nil))
	if err == nil || !strings.HasSuffix(err.Error(), "was cancelled") || time.Since(begin) > 30*time.Second {
		t.Error(err)
	}
}

func TestMissingClientIsNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := create(t, newTestProvider(), args(contextFolder(t), nil))
	if err == nil || !strings.HasPrefix(err.Error(), "there is no docker client on the PATH") {
		t.Error(err)
	}
}

func TestRepositoryIsTheNameWithoutATag(t *testing.T) {
	for name, want := range map[string]string{
		"127.0.0.1:5005/a:1":     "127.0.0.1:5005/a",
		"127.0.0.1:5005/a":       "127.0.0.1:5005/a",
		"docker.io/a/b@sha256:0": "docker.io/a/b",
	} {
		if got := (image{ImageName: name}).repository(); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
