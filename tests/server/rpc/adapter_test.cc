#include "server/rpc/adapter.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "obnova/v1/catalog.grpc.pb.h"

namespace obnova::server {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// What the fake handlers of one test share with it.
struct Stage {
  std::promise<void> started;
  std::shared_future<void> may_end;
  std::atomic<bool> stopped_early = false;
  std::atomic<int> written = 0;
  std::atomic<int> taken = 0;
  std::atomic<bool> undone = false;
  std::atomic<bool> finished = false;
  std::atomic<std::chrono::milliseconds> time_left{0ms};
};

Result<v1::City> fake_get_city(Stage& stage, const Call& call, const v1::GetCityRequest& request) {
  v1::City city;
  city.set_name(request.name());
  if (request.name() == "bad") return failure(ErrorCode::kInvalidArgument, "The city is bad.", "name");
  if (request.name() == "no memory") throw std::bad_alloc();
  if (request.name() == "time left") {
    stage.time_left = std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline() - std::chrono::steady_clock::now());
  }
  if (request.name() == "hold") {
    stage.started.set_value();
    stage.may_end.wait();
  }
  if (request.name() == "poll") {
    stage.started.set_value();
    while (!call.limits().stopped()) std::this_thread::yield();
    stage.stopped_early = true;
    return failure(ErrorCode::kCancelled, "Stopped.");
  }
  return city;
}

Result<void> fake_export(Stage& stage, const Call&, const v1::ExportLayerRequest& request, const Writer<v1::ExportLayerResponse>& write) {
  const int count = std::stoi(request.layer());
  for (int i = 0; i < count; ++i) {
    v1::ExportLayerResponse message;
    message.set_data(std::string(1 << 20, static_cast<char>('a' + i % 26)));
    if (const auto written = write(std::move(message)); !written) {
      stage.stopped_early = true;
      return std::unexpected(written.error());
    }
    ++stage.written;
  }
  if (request.format() == v1::EXPORT_FORMAT_UNSPECIFIED) return failure(ErrorCode::kNotFound, "The rest is missing.");
  return {};
}

class FakeReceiver {
 public:
  explicit FakeReceiver(Stage& stage) : stage_(stage) {}
  ~FakeReceiver() { stage_.undone = !stage_.finished; }
  Result<void> take(const Call&, const v1::ImportLayerRequest& message) {
    bytes_ += message.data();
    ++stage_.taken;
    if (message.data() == "bad") return failure(ErrorCode::kBadData, "Byte 0 is bad.");
    return {};
  }
  Result<v1::ImportLayerResponse> finish(const Call&) {
    stage_.finished = true;
    v1::ImportLayerResponse response;
    response.set_operation(bytes_);
    return response;
  }

 private:
  Stage& stage_;
  std::string bytes_;
};

class FakeService final : public v1::CatalogService::CallbackService {
 public:
  FakeService(Adapter& adapter, Stage& stage) : adapter_(adapter), stage_(stage) {}
  grpc::ServerUnaryReactor* GetCity(grpc::CallbackServerContext* c, const v1::GetCityRequest* q, v1::City* r) override {
    return adapter_.unary(c, q, r, fake_get_city, stage_);
  }
  grpc::ServerWriteReactor<v1::ExportLayerResponse>* ExportLayer(grpc::CallbackServerContext* c, const v1::ExportLayerRequest* q) override {
    return adapter_.server_stream<v1::ExportLayerResponse>(c, q, fake_export, stage_);
  }
  grpc::ServerReadReactor<v1::ImportLayerRequest>* ImportLayer(grpc::CallbackServerContext* c, v1::ImportLayerResponse* r) override {
    return adapter_.client_stream<v1::ImportLayerRequest>(c, r, std::make_unique<FakeReceiver>(stage_));
  }

 private:
  Adapter& adapter_;
  Stage& stage_;
};

class AdapterTest : public testing::Test {
 protected:
  void serve(const AdapterSettings& settings) {
    stage_.may_end = may_end_.get_future().share();
    adapter_ = std::make_unique<Adapter>(settings);
    service_ = std::make_unique<FakeService>(*adapter_, stage_);
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::CatalogService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials()));
  }
  void TearDown() override {
    if (server_) server_->Shutdown(std::chrono::system_clock::now() + 5s);
  }
  grpc::Status get_city(const std::string& name, v1::City* city) {
    grpc::ClientContext context;
    return get_city(name, city, context);
  }
  grpc::Status get_city(const std::string& name, v1::City* city, grpc::ClientContext& context) {
    v1::GetCityRequest request;
    request.set_name(name);
    return stub_->GetCity(&context, request, city);
  }

  Stage stage_;
  std::promise<void> may_end_;
  std::unique_ptr<Adapter> adapter_;
  std::unique_ptr<FakeService> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::CatalogService::Stub> stub_;
};

TEST_F(AdapterTest, AnswersWithWhatTheHandlerReturned) {
  serve({});
  v1::City city;
  const grpc::Status status = get_city("cities/bucha", &city);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(city.name(), "cities/bucha");
}

TEST_F(AdapterTest, NamesTheFieldAtFaultInTheDetails) {
  serve({});
  v1::City city;
  const grpc::Status status = get_city("bad", &city);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "The city is bad.");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 3);
  ASSERT_EQ(details.details_size(), 1);
  EXPECT_EQ(details.details(0).type_url(), "type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad_request;
  ASSERT_TRUE(details.details(0).UnpackTo(&bad_request));
  EXPECT_EQ(bad_request.field_violations(0).field(), "name");
}

TEST_F(AdapterTest, TurnsLackOfMemoryIntoResourceExhausted) {
  serve({});
  v1::City city;
  EXPECT_EQ(get_city("no memory", &city).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(AdapterTest, BoundsTheTimeOfCallersWhoDoNot) {
  serve({.default_timeout = 20s, .longest_timeout = 100s});
  v1::City city;
  ASSERT_TRUE(get_city("time left", &city).ok());
  EXPECT_LE(stage_.time_left.load(), 20s);
  EXPECT_GT(stage_.time_left.load(), 1s);
}

TEST_F(AdapterTest, GivesNobodyMoreThanTheLongestTime) {
  serve({.default_timeout = 20s, .longest_timeout = 100s});
  v1::City city;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 10h);
  ASSERT_TRUE(get_city("time left", &city, context).ok());
  EXPECT_LE(stage_.time_left.load(), 100s);
  EXPECT_GT(stage_.time_left.load(), 20s);
}

TEST_F(AdapterTest, StopsWorkWhoseTimeIsOver) {
  serve({.default_timeout = 50ms});
  v1::City city;
  const grpc::Status status = get_city("poll", &city);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(stage_.stopped_early);
}

TEST_F(AdapterTest, StopsWorkNobodyWaitsFor) {
  serve({});
  v1::City city;
  grpc::ClientContext context;
  std::thread caller([&] { EXPECT_EQ(get_city("poll", &city, context).error_code(), grpc::StatusCode::CANCELLED); });
  stage_.started.get_future().wait();
  context.TryCancel();
  caller.join();
  server_->Shutdown(std::chrono::system_clock::now() + 5s);
  EXPECT_TRUE(stage_.stopped_early);
}

TEST_F(AdapterTest, RefusesTheCallBeyondTheLastOne) {
  serve({.max_open_calls = 1});
  std::thread holder([&] {
    v1::City held;
    EXPECT_TRUE(get_city("hold", &held).ok());
  });
  stage_.started.get_future().wait();
  v1::City city;
  EXPECT_EQ(get_city("any", &city).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::ExportLayerRequest request;
  request.set_layer("1");
  grpc::ClientContext stream_context;
  EXPECT_EQ(stub_->ExportLayer(&stream_context, request)->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::ImportLayerResponse response;
  grpc::ClientContext upload_context;
  EXPECT_EQ(stub_->ImportLayer(&upload_context, &response)->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  may_end_.set_value();
  holder.join();
}

TEST_F(AdapterTest, AdmitsAgainWhenACallHasEnded) {
  serve({.max_open_calls = 1});
  v1::City city;
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    // The place of a call is free a moment after its answer has arrived.
    while (!get_city("any", &city).ok() && refused < 100'000) ++refused;
  }
  EXPECT_LT(refused, 100'000);
}

TEST_F(AdapterTest, StreamsEveryMessageInOrder) {
  serve({});
  v1::ExportLayerRequest request;
  request.set_layer("40");
  request.set_format(v1::EXPORT_FORMAT_CSV);
  grpc::ClientContext context;
  const auto reader = stub_->ExportLayer(&context, request);
  v1::ExportLayerResponse message;
  int count = 0;
  while (reader->Read(&message)) {
    EXPECT_EQ(message.data()[0], 'a' + count % 26);
    ++count;
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(count, 40);
}

TEST_F(AdapterTest, SendsWhatWasWrittenBeforeTheErrorOfAStream) {
  serve({});
  v1::ExportLayerRequest request;
  request.set_layer("3");
  grpc::ClientContext context;
  const auto reader = stub_->ExportLayer(&context, request);
  v1::ExportLayerResponse message;
  int count = 0;
  while (reader->Read(&message)) ++count;
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(count, 3);
}

TEST_F(AdapterTest, HoldsBackAStreamWhoseReaderIsSlow) {
  serve({.slow_reader_timeout = 200ms});
  v1::ExportLayerRequest request;
  request.set_layer("1000");
  grpc::ClientContext context;
  const auto reader = stub_->ExportLayer(&context, request);
  v1::ExportLayerResponse message;
  ASSERT_TRUE(reader->Read(&message));
  while (!stage_.stopped_early) std::this_thread::yield();
  EXPECT_LT(stage_.written, 50);  // Megabytes in the buffers of the sockets, not a thousand in memory.
  while (reader->Read(&message)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(AdapterTest, SlowReadersKeepNobodyFromAnAnswer) {
  serve({.compute_thread_count = 1, .waiting_thread_count = 2, .slow_reader_timeout = 10s});
  v1::ExportLayerRequest request;
  request.set_layer("1000");
  grpc::ClientContext contexts[3];
  std::vector<std::unique_ptr<grpc::ClientReader<v1::ExportLayerResponse>>> readers;
  for (grpc::ClientContext& context : contexts) readers.push_back(stub_->ExportLayer(&context, request));
  v1::ExportLayerResponse message;
  ASSERT_TRUE(readers[0]->Read(&message));
  v1::City city;
  EXPECT_TRUE(get_city("any", &city).ok());
  for (grpc::ClientContext& context : contexts) context.TryCancel();
  for (auto& reader : readers) EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(AdapterTest, StopsAStreamWhoseReaderHasGone) {
  serve({});
  v1::ExportLayerRequest request;
  request.set_layer("1000");
  grpc::ClientContext context;
  const auto reader = stub_->ExportLayer(&context, request);
  v1::ExportLayerResponse message;
  ASSERT_TRUE(reader->Read(&message));
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  while (!stage_.stopped_early) std::this_thread::yield();
}

v1::ImportLayerRequest piece(const std::string& data) {
  v1::ImportLayerRequest request;
  request.set_data(data);
  return request;
}

TEST_F(AdapterTest, HandsOverAnUploadInOrder) {
  serve({});
  v1::ImportLayerResponse response;
  grpc::ClientContext context;
  const auto writer = stub_->ImportLayer(&context, &response);
  std::string sent;
  for (int i = 0; i < 300; ++i) {
    sent += std::to_string(i);
    ASSERT_TRUE(writer->Write(piece(std::to_string(i))));
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.operation(), sent);
}

TEST_F(AdapterTest, EndsAnUploadAtItsFirstError) {
  serve({});
  v1::ImportLayerResponse response;
  grpc::ClientContext context;
  const auto writer = stub_->ImportLayer(&context, &response);
  writer->Write(piece("bad"));
  while (writer->Write(piece("more"))) {
  }
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("Byte 0"));
  EXPECT_TRUE(stage_.undone);
  EXPECT_EQ(stage_.taken, 1);
}

TEST_F(AdapterTest, NeverTakesHalfAnUploadForAWholeOne) {
  serve({});
  for (int round = 0; round < 20; ++round) {
    v1::ImportLayerResponse response;
    grpc::ClientContext context;
    const auto writer = stub_->ImportLayer(&context, &response);
    ASSERT_TRUE(writer->Write(piece("half")));
    while (stage_.taken <= round) std::this_thread::yield();
    context.TryCancel();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  server_->Shutdown(std::chrono::system_clock::now() + 5s);
  server_.reset();
  EXPECT_FALSE(stage_.finished);
  EXPECT_TRUE(stage_.undone);
}

TEST_F(AdapterTest, EndsAnUploadThatSendsNothingMore) {
  serve({.default_timeout = 100ms});
  v1::ImportLayerResponse response;
  grpc::ClientContext context;
  const auto writer = stub_->ImportLayer(&context, &response);
  ASSERT_TRUE(writer->Write(piece("some")));
  EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  server_->Shutdown(std::chrono::system_clock::now() + 5s);
  server_.reset();
  EXPECT_TRUE(stage_.undone);
}

TEST_F(AdapterTest, EndsUploadsThatAreStillSendingWhenTheirTimeIsOver) {
  serve({.default_timeout = 3ms});
  for (int round = 0; round < 300; ++round) {
    v1::ImportLayerResponse response;
    grpc::ClientContext context;
    const auto writer = stub_->ImportLayer(&context, &response);
    while (writer->Write(piece("more"))) {
    }
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  server_->Shutdown(std::chrono::system_clock::now() + 5s);
  server_.reset();
  EXPECT_FALSE(stage_.finished);
}

TEST(StatusTest, EveryCodeHasItsStatus) {
  const Call call(std::chrono::steady_clock::now() + 1h);
  const Call late(std::chrono::steady_clock::now() - 1s);
  const auto code = [&](ErrorCode c, const Call& of) { return to_status({c, "x"}, of).error_code(); };
  EXPECT_EQ(code(ErrorCode::kInvalidArgument, call), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(ErrorCode::kBadData, call), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(ErrorCode::kNotFound, call), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(code(ErrorCode::kAlreadyExists, call), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(code(ErrorCode::kFailedPrecondition, call), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(code(ErrorCode::kLimitExceeded, call), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(code(ErrorCode::kUnavailable, call), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(code(ErrorCode::kCancelled, call), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(code(ErrorCode::kCancelled, late), grpc::StatusCode::DEADLINE_EXCEEDED);
}

}  // namespace
}  // namespace obnova::server
