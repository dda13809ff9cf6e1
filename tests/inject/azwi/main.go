// azwi plays the admission of one pod by the webhook of Azure workload identity: the real code, with a service account that
// is invented and an API server that only knows its version.
//
// The pod is read from standard input as JSON, and written to standard output as the API server would store it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/Azure/azure-workload-identity/pkg/webhook"
	jsonpatch "github.com/evanphx/json-patch/v5"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const clientID = "11111111-1111-1111-1111-111111111111"

// accounts has every service account, each with the identity that the webhook is to name.
type accounts struct{ client.Client }

func (accounts) Get(_ context.Context, _ client.ObjectKey, found client.Object, _ ...client.GetOption) error {
	found.SetAnnotations(map[string]string{webhook.ClientIDAnnotation: clientID})
	return nil
}

func main() {
	if err := admit(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func admit(in io.Reader, out io.Writer) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	// The version decides how the webhook's own proxy is injected.
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(answer, `{"gitVersion": "v1.34.0"}`)
	}))
	defer server.Close()

	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return err
	}
	mutator, err := webhook.NewPodMutator(accounts{}, accounts{}, "", scheme, &rest.Config{Host: server.URL}, "", "")
	if err != nil {
		return err
	}
	answer := mutator.Handle(context.Background(), admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		Namespace: "shop",
		Operation: admissionv1.Create,
		Object:    runtime.RawExtension{Raw: raw},
	}})
	if !answer.Allowed {
		return fmt.Errorf("refused: %s", answer.Result.Message)
	}
	patch, err := json.Marshal(answer.Patches)
	if err != nil {
		return err
	}
	decoded, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return err
	}
	if raw, err = decoded.Apply(raw); err != nil {
		return err
	}
	// What the webhook wrote has to be a pod.
	if err := json.Unmarshal(raw, &corev1.Pod{}); err != nil {
		return err
	}
	_, err = out.Write(raw)
	return err
}
