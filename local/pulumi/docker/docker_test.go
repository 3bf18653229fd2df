package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"realtime-analytics.local/pulumi/internal/test"
)

const dockerfileText = "FROM scratch\nCOPY src /src\n"

func contextFolder(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	test.WriteFile(t, dockerfileText, folder, "Dockerfile")
	test.WriteFile(t, "a", folder, "src", "a.txt")
	test.WriteFile(t, "*.log\n", folder, ".dockerignore")
	return folder
}

func args(folder string, more test.Inputs) resource.PropertyMap {
	news := test.Inputs{"imageName": "127.0.0.1:5005/test/a:1", "build": test.Inputs{"context": folder}}
	maps.Copy(news, more)
	return test.Map(news)
}

func newTestProvider() *dockerProvider { return newDockerProvider(func(resource.URN, string) {}) }

func checked(t *testing.T, news resource.PropertyMap) resource.PropertyMap {
	t.Helper()
	inputs, failures := test.Check(t, newTestProvider(), imageType, news)
	test.Equal(t, "failures", failures, "")
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
		{".dockerignore", "-rwxr-xr-x", "*.log\n"},
		{"Dockerfile", "-rwxr-xr-x", dockerfileText},
		{"src/a.txt", "-rwxr-xr-x", "a"},
		{"src/link", "Lrwxrwxrwx", filepath.Join(folder, "src", "a.txt")},
	} {
		content := sha256.Sum256([]byte(file[2]))
		fmt.Fprintf(whole, "%s%s%s\x00", file[0], file[1], content[:])
	}
	before := digest(t, folder)
	test.Equal(t, "digest", before, hex.EncodeToString(whole.Sum(nil)))
	test.WriteFile(t, "x", folder, "noise.log")
	test.Equal(t, "digest with an ignored file", digest(t, folder), before)
	if err := os.Chmod(filepath.Join(folder, "src", "a.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := digest(t, folder); got == before {
		t.Error("another mode did not change the digest")
	}
}

func TestIgnoredFolderMayHoldAFileThatIsNot(t *testing.T) {
	folder := contextFolder(t)
	test.WriteFile(t, "src\n!src/b.txt\n", folder, "Dockerfile.dockerignore")
	before := digest(t, folder)
	test.WriteFile(t, "changed", folder, "src", "a.txt")
	test.Equal(t, "digest with another src/a.txt, which is ignored", digest(t, folder), before)
	test.WriteFile(t, "b", folder, "src", "b.txt")
	if digest(t, folder) == before {
		t.Error("src/b.txt is not ignored, and did not change the digest")
	}
}

func TestCheckFillsInTheDockerfileTheDigestAndThePlatform(t *testing.T) {
	folder := contextFolder(t)
	want := test.Map(test.Inputs{
		"imageName": "127.0.0.1:5005/test/a:1", "buildOnPreview": false,
		"build": test.Inputs{
			"context": folder, "contextDigest": digest(t, folder), "dockerfile": filepath.Join(folder, "Dockerfile"),
			"platform": hostPlatform(),
		},
	})
	test.Equal(t, "inputs", checked(t, args(folder, nil)), want)
	test.Equal(t, "inputs of a bare text", checked(t, args("", test.Inputs{"build": folder})), want)
}

func TestCheckNamesWhatIsWrong(t *testing.T) {
	folder := contextFolder(t)
	for _, c := range []struct {
		more test.Inputs
		want string
	}{
		{test.Inputs{"imageName": "a:1", "build": test.Inputs{"context": folder, "dockerfile": "none"}},
			"build.dockerfile there is no file none\n" +
				"imageName must begin with the registry to push to, such as docker.io/a:1; is a:1"},
		{test.Inputs{"build": test.Inputs{"context": folder, "dockerfile": "src/a.txt"}},
			"build.dockerfile there is no file src/a.txt: paths start at the program's folder, try " + folder + "/src/a.txt"},
		{test.Inputs{"build": "/none"}, "build.context there is no folder /none"},
		{test.Inputs{"imageName": nil}, "imageName is required"},
		{test.Inputs{"build": test.Inputs{"context": 1}}, "build.context is a number, must be a string"},
		{test.Inputs{"imageName": "a:1", "skipPush": true}, ""},
		{test.Inputs{"imageName": "a:1", "registry": test.Inputs{"server": "docker.io"}}, ""},
	} {
		_, got := test.Check(t, newTestProvider(), imageType, args(folder, c.more))
		test.Equal(t, c.more, got, c.want)
	}
}

func TestWhatAPreviewDoesNotKnowIsLeft(t *testing.T) {
	for _, news := range []test.Inputs{
		{"imageName": test.Unknown, "build": test.Unknown},
		{"imageName": test.Unknown, "build": test.Inputs{"context": test.Unknown}},
	} {
		if got := checked(t, test.Map(news)); !got.ContainsUnknowns() {
			t.Error(got)
		}
	}
}

func TestOtherTypesAndSettingsAreRefusedByName(t *testing.T) {
	p := newTestProvider()
	const other, want = "docker:index/container:Container",
		"lacks the type docker:index/container:Container (it has Image). Install the Pulumi CLI"
	_, failures := test.Check(t, p, other, nil)
	test.Fails(t, errors.New(failures), want)
	_, err := p.Delete(context.Background(), plugin.DeleteRequest{Type: other})
	test.Fails(t, err, want)
	config := test.Map(test.Inputs{"host": "x", "registryAuth": "y", "__internal": test.Inputs{}})
	response, err := p.CheckConfig(context.Background(), plugin.CheckConfigRequest{News: config})
	if err != nil || len(response.Failures) != 1 || response.Failures[0].Property != "registryAuth" {
		t.Error(response, err)
	}
}

func TestAnotherFileChangesTheImageButOtherCredentialsDoNot(t *testing.T) {
	folder := contextFolder(t)
	news := func(password string) resource.PropertyMap {
		registry := test.Inputs{"server": "127.0.0.1:5005", "username": "u", "password": test.Secret(password)}
		return checked(t, args(folder, test.Inputs{"registry": registry}))
	}
	olds := news("p")
	diff := func(news resource.PropertyMap) []resource.PropertyKey {
		outputs := resource.PropertyMap{"__inputs": resource.MakeSecret(resource.NewProperty(olds))}
		got, err := newTestProvider().Diff(context.Background(),
			plugin.DiffRequest{OldInputs: olds, OldOutputs: outputs, NewInputs: news})
		if err != nil || got.Replace() || (got.Changes == plugin.DiffNone) != (got.ChangedKeys == nil) {
			t.Fatal(got, err)
		}
		return got.ChangedKeys
	}
	test.Equal(t, "changes for another password", diff(news("q")), nil)
	test.WriteFile(t, "b", folder, "src", "b.txt")
	test.Equal(t, "changes for another file", diff(news("p")), []resource.PropertyKey{"build"})
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
	test.WriteFile(t, "#!/bin/sh\necho \"$@\" >>"+log+"\n"+script, folder, "docker")
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	t.Setenv("TMPDIR", t.TempDir())
	return log
}

const zeros = "0000000000000000000000000000000000000000000000000000000000000000"

const builds = `
case $1 in
build)
  echo "building with $SECRET on $DOCKER_HOST, builder $DOCKER_BUILDKIT"
  while [ "$1" != --iidfile ]; do shift; done
  echo sha256:id >"$2" ;;
push)
  cat "$DOCKER_CONFIG/config.json"
  ls "$DOCKER_CONFIG"
  echo "1: digest: sha256:` + zeros + ` size: 1" ;;
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
	test.WriteFile(t, `{"credsStore":"desktop","proxies":{"default":{}}}`, own, "config.json")
	test.WriteFile(t, "", own, "cli-plugins", "docker-buildx")
	var shown []string
	p := newDockerProvider(func(_ resource.URN, line string) { shown = append(shown, line) })
	settings := test.Map(test.Inputs{"host": "unix:///engine.sock"})
	if _, err := p.Configure(context.Background(), plugin.ConfigureRequest{Inputs: settings}); err != nil {
		t.Fatal(err)
	}
	folder := contextFolder(t)
	response, err := create(t, p, args(folder, test.Inputs{
		"imageName": test.Secret("127.0.0.1:5005/test/a:1"),
		"registry":  test.Inputs{"server": "127.0.0.1:5005", "username": "u", "password": "hidden"},
		"build": test.Inputs{
			"context": folder, "args": test.Inputs{"SECRET": "s3cret"}, "target": "t", "platform": "linux/other", "network": "host",
			"addHosts": []any{"a:1"}, "cacheFrom": test.Inputs{"images": []any{"b:1"}}, "builderVersion": "BuilderV1",
		},
	}))
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
	test.Equal(t, "second call", push, "push 127.0.0.1:5005/test/a:1\n")
	test.Equal(t, "shown", shown, []string{
		"Starting Docker build",
		"building with s3cret on unix:///engine.sock, builder 0",
		"Pushing Image to the registry",
		`{"auths":{"127.0.0.1:5005":{"auth":"dTpoaWRkZW4="}},"proxies":{"default":{}}}` + "cli-plugins",
		"config.json",
		"1: digest: sha256:" + zeros + " size: 1",
		"",
	})
	const name, digest = "127.0.0.1:5005/test/a:1", "127.0.0.1:5005/test/a@sha256:" + zeros
	test.Equal(t, "id", response.ID, name)
	if !response.Properties["__inputs"].IsSecret() {
		t.Error("the inputs in the state are not secret")
	}
	delete(response.Properties, "__inputs")
	test.Equal(t, "outputs, secret as the name is", response.Properties, test.Map(test.Inputs{
		"baseImageName": test.Secret(name), "imageName": test.Secret(name), "repoDigest": test.Secret(digest),
		"context": folder, "dockerfile": "Dockerfile", "platform": "linux/other", "registryServer": "127.0.0.1:5005",
	}))
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Error("left behind:", left, err)
	}
}

func TestImageThatIsNotPushedIsNamedByItsID(t *testing.T) {
	fakeDocker(t, builds)
	response, err := create(t, newTestProvider(), args(contextFolder(t), test.Inputs{"skipPush": true}))
	if err != nil || response.Properties["repoDigest"] != resource.NewProperty("sha256:id") {
		t.Error(response, err)
	}
}

func TestFailedBuildRepeatsTheLastLines(t *testing.T) {
	fakeDocker(t, "for i in $(seq 30); do echo line $i; done; exit 3")
	_, err := create(t, newTestProvider(), args(contextFolder(t), nil))
	test.Fails(t, err, "failed with exit code 3 on the default Docker engine:\nline 6\n", "\nline 30")
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
	test.Fails(t, err, "there is no docker client on the PATH")
}

func TestRepositoryIsTheNameWithoutATag(t *testing.T) {
	for name, want := range map[string]string{
		"127.0.0.1:5005/a:1":     "127.0.0.1:5005/a",
		"127.0.0.1:5005/a":       "127.0.0.1:5005/a",
		"docker.io/a/b@sha256:0": "docker.io/a/b",
	} {
		test.Equal(t, name, image{ImageName: name}.repository(), want)
	}
}
