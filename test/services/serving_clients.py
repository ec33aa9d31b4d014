"""Unmodified clients of serving protocols at work: `triton|triton-grpc|kserve|rest|mlflow HTTP_URL GRPC_ADDRESS`.

All send the same two rows to deployment `late` and print what they got back as one JSON object.
"""

import asyncio
import json
import sys
from urllib.parse import urlparse

import numpy as np

ORIGINS = ["SEA", "ZZZ"]
DISTANCES = [500.0, float("nan")]


def triton_inputs(module, binary: bool | None = None):
    origin = module.InferInput("origin", [2], "BYTES")
    distance = module.InferInput("distance", [2], "FP64")
    more = {} if binary is None else {"binary_data": binary}
    origin.set_data_from_numpy(np.array(ORIGINS, dtype=np.object_), **more)
    distance.set_data_from_numpy(np.array(DISTANCES, dtype=np.float64), **more)
    return [origin, distance]


def text_of(element) -> str:
    """Clients hand over raw texts as bytes, those of JSON as str."""
    return element.decode() if isinstance(element, bytes) else element


def outputs_of(result) -> dict:
    actions = [text_of(each) for each in result.as_numpy("action").tolist()]
    return {"score": result.as_numpy("score").tolist(), "action": actions}


def triton(url: str, _grpc: str) -> dict:
    import tritonclient.http as http
    from tritonclient.utils import InferenceServerException

    client = http.InferenceServerClient(urlparse(url).netloc)
    json_outputs = [http.InferRequestedOutput(name, binary_data=False) for name in ("action", "score")]
    shuffled = triton_inputs(http, binary=True)[::-1]
    try:
        client.infer("late", triton_inputs(http)[:1])
        refused = None
    except InferenceServerException as error:
        refused = [error.status(), error.message()]
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "modelReady": client.is_model_ready("late", "1"),
        "server": client.get_server_metadata(),
        "model": client.get_model_metadata("late"),
        "index": client.get_model_repository_index(),
        "binary": outputs_of(client.infer("late", triton_inputs(http), request_id="mine")),
        "id": client.infer("late", triton_inputs(http), request_id="mine").get_response()["id"],
        "mixed": outputs_of(client.infer("late", shuffled, model_version="1", outputs=json_outputs, priority=1)),
        "zipped": outputs_of(
            client.infer(
                "late",
                triton_inputs(http),
                request_compression_algorithm="gzip",
                response_compression_algorithm="deflate",
                timeout=2_000_000,
            )
        ),
        "async": outputs_of(client.async_infer("late", triton_inputs(http)).get_result()),
        "statistics": client.get_inference_statistics("late"),
        "refused": refused,
    }


def triton_grpc(_url: str, address: str) -> dict:
    import tritonclient.grpc as grpc
    from tritonclient.utils import InferenceServerException

    client = grpc.InferenceServerClient(address)
    try:
        client.infer("nobody", triton_inputs(grpc))
        refused = None
    except InferenceServerException as error:
        refused = [error.status(), error.message()]
    return {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "modelReady": client.is_model_ready("late"),
        "server": client.get_server_metadata(as_json=True),
        "model": client.get_model_metadata("late", as_json=True),
        "outputs": outputs_of(client.infer("late", triton_inputs(grpc), request_id="mine")),
        "refused": refused,
    }


async def kserve_calls(url: str, address: str) -> dict:
    from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig

    def request(binary: bool) -> InferRequest:
        origin = InferInput("origin", [2], "BYTES")
        origin.set_data_from_numpy(np.array(ORIGINS, dtype=np.object_), binary_data=binary)
        distance = InferInput("distance", [2], "FP64")
        distance.set_data_from_numpy(np.array(DISTANCES, dtype=np.float64), binary_data=binary)
        return InferRequest(model_name="late", infer_inputs=[origin, distance], request_id="mine")

    def outputs(response) -> dict:
        texts = {each.name: each.as_numpy().tolist() for each in response.outputs}
        return {
            "score": texts["score"],
            "action": [text_of(each) for each in texts["action"]],
        }

    v1 = InferenceRESTClient(RESTConfig(protocol="v1"))
    v2 = InferenceRESTClient(RESTConfig(protocol="v2"))
    grpc = InferenceGRPCClient(address)
    instances = [{"origin": ORIGINS[0], "distance": DISTANCES[0]}, {"origin": ORIGINS[1], "distance": None}]
    return {
        "ready": await v2.is_server_ready(url),
        "live": await v2.is_server_live(url),
        "modelReady": await v2.is_model_ready(url, "late"),
        "v1Ready": await v1.is_model_ready(url, "late"),
        "v1": await v1.infer(url, {"instances": instances}, model_name="late"),
        "binary": outputs(await v2.infer(url, request(binary=True), model_name="late")),
        "grpcReady": await grpc.is_model_ready("late"),
        "grpc": outputs(await grpc.infer(request(binary=True))),
    }


def kserve(url: str, address: str) -> dict:
    return asyncio.run(kserve_calls(url, address))


def rest(url: str, _grpc: str) -> dict:
    """As tutorials of TensorFlow Serving and drivers of SageMaker containers ask."""
    import requests

    rows = [{"origin": ORIGINS[0], "distance": DISTANCES[0]}, {"origin": ORIGINS[1], "distance": None}]
    predict = f"{url}/v1/models/late:predict"
    columns = {"origin": ORIGINS, "distance": [DISTANCES[0], None]}
    csv = {"Content-Type": "text/csv", "Accept": "text/csv"}
    return {
        "ping": requests.get(f"{url}/ping").status_code,
        "parameters": requests.get(f"{url}/execution-parameters").json(),
        "rows": requests.post(predict, json={"signature_name": "serving_default", "instances": rows}).json(),
        "columns": requests.post(predict, json={"inputs": columns}).json(),
        "status": requests.get(f"{url}/v1/models/late").json(),
        "csv": requests.post(f"{url}/invocations", data="SEA,500.0\nZZZ,\n", headers=csv).text,
        "lines": requests.post(
            f"{url}/invocations",
            data="".join(json.dumps(row) + "\n" for row in rows),
            headers={"Content-Type": "application/jsonlines"},
        ).text,
    }


def mlflow(url: str, _grpc: str) -> dict:
    import pandas as pd
    from mlflow.models import convert_input_example_to_serving_input
    from mlflow.pyfunc.scoring_server.client import ScoringServerClient
    import requests

    host, _, port = urlparse(url).netloc.partition(":")
    client = ScoringServerClient(host, int(port))
    client.wait_server_ready()
    frame = pd.DataFrame({"distance": DISTANCES, "origin": ORIGINS, "unused": [1, 2]})
    payload = convert_input_example_to_serving_input(frame)
    refused = requests.post(f"{url}/invocations", data=payload, headers={"Content-Type": "text/html"})
    return {
        "version": client.get_version(),
        "frame": client.invoke(frame).get_predictions().to_dict("list"),
        "payload": requests.post(
            f"{url}/invocations", data=payload, headers={"Content-Type": "application/json"}
        ).json(),
        "csv": requests.post(
            f"{url}/invocations",
            data=frame.to_csv(index=False),
            headers={"Content-Type": "text/csv; header=present"},
        ).json(),
        "refused": [refused.status_code, refused.headers["fettle-error-code"]],
    }


CLIENTS = {"triton": triton, "triton-grpc": triton_grpc, "kserve": kserve, "rest": rest, "mlflow": mlflow}

if __name__ == "__main__":
    name, http_url, grpc_address = sys.argv[1:]
    print(json.dumps(CLIENTS[name](http_url, grpc_address)))
