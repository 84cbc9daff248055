// SPDX-License-Identifier: GPL-2.0-or-later
// A calling fax machine: spandsp's whole T.30 engine as the caller, which sends one TIFF file. Owned by one
// Call; its one thread gives it 20 ms to hear and takes 20 ms to say in turn. It opens and decodes the file
// within say(), and allocates: it is a tool for the demo and the tests, not for a real-time loop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hw/line.hpp"
#include "src/faxcall/signalling_rate.hpp"

struct fax_state_s;
struct t30_state_s;

namespace faxcall {

inline constexpr double usual_level_dbm0 = -14;  // of all spandsp's transmitters

struct FaxSettings {
  std::filesystem::path file;
  std::string station_id, sub_address;  // at most 20 characters each, T.30 5.3.6.2.4
  Modem modem = Modem::v17;             // the best that it may use
  int top_rate = 14400;                 // bits/s, the fastest that it may begin with
  bool ecm = true;
  Coding coding = Coding::mmr;  // the best that it may use; MMR needs ECM
  double level_dbm0 = usual_level_dbm0;
};

// A page of which the image was sent, and what the far station answered.
struct PageReport {
  int number;  // from 1
  bool confirmed;
  int rows;
  PageFormat format;
  std::string response;  // the frame's name: "MCF"; empty = none came
};

class FaxCaller {
 public:
  struct Listener {
    std::function<void(const PageReport&)> page;  // each answered page
    std::function<void(bool sent, std::string_view name, std::string_view hex)>
        frame;  // each frame but image data
  };

  FaxCaller(FaxSettings settings, Listener listener);  // throws std::bad_alloc
  ~FaxCaller();
  FaxCaller(const FaxCaller&) = delete;
  FaxCaller& operator=(const FaxCaller&) = delete;

  void say(hw::Block& block);
  void hear(const hw::Block& block);
  void line_gone();  // the far end has hung up

  // Everything was said, its DCN or its last word included.
  [[nodiscard]] bool finished() const;
  // Answered pages, and at the end the one whose answer never came.
  [[nodiscard]] std::vector<PageReport> pages() const;
  [[nodiscard]] int pages_answered() const noexcept { return static_cast<int>(pages_.size()); }
  [[nodiscard]] int pages_sent() const noexcept { return sent_; }
  // How much of the image of the page that is being sent now is out, 0 to 1; 0 between the pages.
  [[nodiscard]] double page_progress() const;
  [[nodiscard]] std::string far_station_id() const;
  // spandsp's word for how the T.30 session ended, "The call dropped prematurely".
  [[nodiscard]] std::string_view how_it_ended() const;
  [[nodiscard]] bool ended_well() const;

 private:
  struct Free {
    void operator()(fax_state_s* fax) const noexcept;
  };
  friend struct Callbacks;

  void configure();
  int choose_rate();
  void page_answered(int response);
  void frame_passed(bool sent, const std::uint8_t* octets, std::size_t size);
  void follow_sent_frame(const std::uint8_t* octets, std::size_t size);
  [[nodiscard]] PageReport current_page(std::string response, bool confirmed) const;
  [[nodiscard]] t30_state_s* t30() const;

  FaxSettings settings_;
  Listener listener_;
  double gain_;
  std::unique_ptr<fax_state_s, Free> fax_;
  PageFormat format_{Modem::v27ter, 0, false, Coding::mh, "204x98"};  // of the last DCS sent
  std::vector<PageReport> pages_;
  int sent_ = 0;             // pages whose post-message command went out
  int image_frames_ = 0;     // FCD frames sent of the page
  int rows_unanswered_ = 0;  // of the page whose post-message command went out last
};

}  // namespace faxcall
