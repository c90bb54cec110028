// Cases whose image has several channels (MR contrasts), and which of them a program works on.
//
//   {"id":"b1","image":"b1.nii.gz","frame_index":0,
//    "channels":{"FLAIR":{"file":"b1.nii.gz","frame_index":0},"T1w":{"file":"b1.nii.gz","frame_index":1}}}
//   {"id":"p1","image":"p1_0000.nii.gz","channels":{"T2":"p1_0000.nii.gz","ADC":"p1_0001.nii.gz"}}
//
// A program that reads the image of a case reads one channel: the case that it gets has the channel's file as `image`,
// its name as `channel`, and `channels` no more.
#pragma once

#include <string>
#include <vector>

#include "coopseg/core/case_list.h"

namespace coopseg::core {

// The cases, each with the channel of this name; with an empty name, each with the only channel that it has. Cases
// without channels stay as they are. Throws UsageError, with the names there are, for a case that lacks the channel, is
// of another one, or has several and none is named; and for a name where no case has a channel.
std::vector<Case> with_channel(std::vector<Case> cases, const std::string& name, const std::string& where);

// A case for each channel of each case.
std::vector<Case> with_each_channel(const std::vector<Case>& cases);

}  // namespace coopseg::core
